"""The local digest: what moves near each home, to whom it is said, and how often. docs/notifications.md says how."""
