"""PostgreSQL and Redis that come with Steward: real servers out of two wheels, data kept in a state folder.

folder    the state folder: who may enter it, where its sockets are, who uses it
process   one operating-system process: start it, recognise it, end it, read and bound its log
server    what both servers do alike: adopt or start, wait until ready, stop
postgres  initdb and PostgreSQL's settings
redis     Redis's settings
services  the two together: started, watched and stopped with Steward
"""

from db.embedded.services import Services, start_services, stop_services

__all__ = ["Services", "start_services", "stop_services"]
