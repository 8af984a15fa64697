"""What can be done here, by taps: everything within three of `/start`."""
