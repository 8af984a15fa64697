"""WhatsApp: webhook items in, Graph API calls out, for every number of this process over one shared session.

Left out so far: groups; forms, orders and calls; a person's change of number, which gives them a new BSUID and so a new
conversation; and what the owner types on the phone in coexistence (`smb_message_echoes`), which should pause the bot.
"""
