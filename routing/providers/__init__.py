"""One module a vendor, over its SDK, turning its replies and errors into ours. Import them only when configured: SDKs
are large (openai 27 MB, anthropic 41 MB, groq 3 MB on top of httpx, measured in November 2026).

    openai, anthropic, groq    the vendors: how a prompt is put to each
    chat_request, chat_reply   chat completions, which OpenAI, Groq and the compatible servers share
    messages_request, -reply   Anthropic's own way
    exchange                   one try: deadline, size, stream, errors
    failures                   the vendors' errors as ours
    replies                    what every reply has to be before it is handed on
    thinking                   what makes each model think less
    schemas, transcription, transport, events

The SDKs make and send the requests. Replies are read here, from the bytes: the SDKs do not check what they parse,
and each fails in its own way on a broken one.
"""
