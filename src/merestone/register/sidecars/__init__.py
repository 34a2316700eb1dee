"""Files beside the register: accounts, attachments, and the sealed personal data of people hurt."""
