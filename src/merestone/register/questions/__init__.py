"""What can be asked of an open register: one class for each subject, over its store."""
