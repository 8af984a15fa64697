"""What the time zone database leaves to its readers: where most people of a wide country live, and big cities that no
zone is named after, as their people and their neighbours write them."""

from collections.abc import Mapping

MODERN: Mapping[str, str] = {
    "Africa/Asmera": "Africa/Asmara", "America/Buenos_Aires": "America/Argentina/Buenos_Aires",
    "America/Catamarca": "America/Argentina/Catamarca", "America/Cordoba": "America/Argentina/Cordoba",
    "America/Godthab": "America/Nuuk", "America/Indianapolis": "America/Indiana/Indianapolis",
    "America/Jujuy": "America/Argentina/Jujuy", "America/Louisville": "America/Kentucky/Louisville",
    "America/Mendoza": "America/Argentina/Mendoza", "Asia/Calcutta": "Asia/Kolkata", "Asia/Katmandu": "Asia/Kathmandu",
    "Asia/Rangoon": "Asia/Yangon", "Asia/Saigon": "Asia/Ho_Chi_Minh", "Atlantic/Faeroe": "Atlantic/Faroe",
    "Europe/Kiev": "Europe/Kyiv",
}  # fmt: skip
"""Unicode's name for a zone, which never changes, and the one of today."""

MAIN_ZONES: Mapping[str, tuple[str, ...]] = {
    "AR": ("America/Argentina/Buenos_Aires",),
    "AU": ("Australia/Sydney", "Australia/Brisbane", "Australia/Adelaide", "Australia/Darwin", "Australia/Perth",
           "Australia/Hobart"),
    "BR": ("America/Sao_Paulo", "America/Fortaleza", "America/Manaus", "America/Cuiaba", "America/Rio_Branco"),
    "CA": ("America/Toronto", "America/Winnipeg", "America/Regina", "America/Edmonton", "America/Vancouver",
           "America/Halifax", "America/St_Johns"),
    "CD": ("Africa/Kinshasa", "Africa/Lubumbashi"), "CL": ("America/Santiago", "America/Punta_Arenas"),
    "CN": ("Asia/Shanghai",), "CY": ("Asia/Nicosia",), "DE": ("Europe/Berlin",),
    "EC": ("America/Guayaquil", "Pacific/Galapagos"), "ES": ("Europe/Madrid", "Atlantic/Canary"),
    "GL": ("America/Nuuk",), "ID": ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"), "KZ": ("Asia/Almaty",),
    "MN": ("Asia/Ulaanbaatar", "Asia/Hovd"),
    "MX": ("America/Mexico_City", "America/Cancun", "America/Chihuahua", "America/Hermosillo", "America/Tijuana"),
    "MY": ("Asia/Kuala_Lumpur",), "NZ": ("Pacific/Auckland",), "PS": ("Asia/Hebron",),
    "PT": ("Europe/Lisbon", "Atlantic/Madeira", "Atlantic/Azores"),
    "RU": ("Europe/Moscow", "Europe/Samara", "Asia/Yekaterinburg", "Asia/Omsk", "Asia/Novosibirsk", "Asia/Irkutsk",
           "Asia/Vladivostok", "Europe/Kaliningrad"),
    "UA": ("Europe/Kyiv",),
    "US": ("America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles",
           "America/Anchorage", "Pacific/Honolulu"),
    "UZ": ("Asia/Tashkent",),
}  # fmt: skip
"""Of countries that have several: the most peopled first, and none that is only another name for the same hours."""

SHORT_NAMES: Mapping[str, str] = {
    "US": "USA,U.S.,United States of America,EEUU,EE.UU.,США,EUA", "GB": "UK,U.K.,England,Scotland,Wales,Англия",
    "AE": "UAE,U.A.E.,ОАЭ,Emirates", "CZ": "Czech Republic,Чехия", "NL": "Holland",
}  # fmt: skip
"""As people say them, besides the full names."""

CITIES: Mapping[str, str] = {
    "Europe/Berlin": "Munich,München,Múnich,Munique,Мюнхен,Hamburg,Hamburgo,Гамбург,Cologne,Köln,Colonia,Кёльн,"
    "Frankfurt,Fráncfort,Франкфурт,Stuttgart,Düsseldorf,Leipzig,Dresden,Dresde,Bremen,Hannover,Nuremberg,Nürnberg,Essen,"
    "Dortmund,Freiburg,Bonn,Potsdam,Münster",
    "Europe/Vienna": "Graz,Linz,Salzburg,Innsbruck", "Europe/Zurich": "Geneva,Genf,Genève,Basel,Bern,Lausanne",
    "Europe/Madrid": "Barcelona,Барселона,Valencia,Seville,Sevilla,Málaga,Bilbao,Zaragoza,Palma,Alicante,Granada",
    "Europe/Paris": "Lyon,Marseille,Toulouse,Nice,Bordeaux,Lille,Nantes,Strasbourg,Strasburgo,Straßburg",
    "Europe/Rome": "Milan,Milano,Mailand,Milán,Naples,Napoli,Turin,Torino,Florence,Firenze,Venice,Venezia,Bologna",
    "Europe/London": "Manchester,Birmingham,Liverpool,Leeds,Bristol,Glasgow,Edinburgh,Cardiff,Belfast",
    "Europe/Dublin": "Cork,Galway,Limerick", "Europe/Lisbon": "Porto,Oporto,Braga,Coimbra,Faro",
    "Europe/Amsterdam": "Rotterdam,The Hague,Den Haag,Utrecht", "Europe/Brussels": "Antwerp,Antwerpen,Ghent,Gent",
    "Europe/Warsaw": "Krakow,Kraków,Gdańsk,Wrocław,Poznań,Łódź", "Europe/Prague": "Brno,Ostrava",
    "Europe/Moscow": "Saint Petersburg,St Petersburg,Санкт-Петербург,Петербург,Питер,Казань,Kazan,Нижний Новгород,"
    "Ростов-на-Дону,Воронеж,Краснодар,Krasnodar,Сочи,Sochi",
    "Asia/Yekaterinburg": "Екатеринбург,Челябинск,Уфа,Пермь,Тюмень", "Asia/Kolkata": "Mumbai,Delhi,New Delhi,Bangalore,"
    "Bengaluru,Chennai,Hyderabad,Pune", "Asia/Shanghai": "Beijing,Peking,Pekín,Пекин,Shenzhen,Guangzhou",
    "Asia/Jerusalem": "Tel Aviv,Тель-Авив,Haifa", "Europe/Istanbul": "Ankara,Izmir,Antalya,Анталья",
    "Asia/Dubai": "Abu Dhabi,Sharjah", "Africa/Casablanca": "Rabat,Marrakesh,Marrakech,Fes",
    "America/Sao_Paulo": "Rio de Janeiro,Rio,Brasília,Brasilia,Curitiba,Belo Horizonte,Porto Alegre,Florianópolis,"
    "Campinas,Santos", "America/Bogota": "Medellín,Cali,Barranquilla,Cartagena",
    "America/Lima": "Arequipa,Cusco,Trujillo",
    "America/Mexico_City": "Guadalajara,Puebla,CDMX,Ciudad de México,Querétaro,León", "America/Santiago": "Valparaíso",
    "America/Guayaquil": "Quito,Cuenca", "America/Argentina/Buenos_Aires": "Rosario,La Plata,Mar del Plata",
    "America/New_York": "Boston,Miami,Philadelphia,Atlanta,Washington,Orlando,Tampa,Charlotte,Baltimore,Brooklyn,NYC",
    "America/Chicago": "Houston,Dallas,Austin,San Antonio,Minneapolis,New Orleans,Nashville,Milwaukee,St Louis",
    "America/Denver": "Salt Lake City,Albuquerque", "America/Los_Angeles": "San Francisco,Seattle,San Diego,Portland,"
    "Las Vegas,San Jose,Sacramento,Oakland,LA", "America/Toronto": "Montreal,Montréal,Ottawa,Quebec,Québec",
    "America/Edmonton": "Calgary", "Australia/Sydney": "Canberra,Newcastle", "Australia/Brisbane": "Gold Coast",
    "Africa/Johannesburg": "Cape Town,Durban,Pretoria", "Africa/Lagos": "Abuja",
}  # fmt: skip
