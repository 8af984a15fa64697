"""WhatsApp's side: the Graph API that Steward calls, and the signed webhooks that Meta posts."""
