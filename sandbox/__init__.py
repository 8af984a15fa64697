"""Local stand-ins for Telegram and WhatsApp that speak the real protocols, and a page to chat through them."""
