-- Whether a key that somebody brings was certified before: asked each time that one is.
CREATE INDEX certificates_key ON certificates (key_id);
