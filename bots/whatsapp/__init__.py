"""WhatsApp: webhook items in, Graph API calls out, for every number of this process over one shared session."""
