"""One module a vendor's SDK, turning its errors into ours. Imported only when configured: SDKs are large."""
