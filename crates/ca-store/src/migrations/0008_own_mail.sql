-- The certificate that the CA signs its own mail with is no person's: listings of people leave it out.
ALTER TABLE certificates ADD COLUMN own_mail INTEGER NOT NULL DEFAULT 0;
