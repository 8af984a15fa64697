"""How a business is made in chat: `/new`, step by step."""
