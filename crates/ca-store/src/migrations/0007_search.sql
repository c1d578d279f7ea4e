-- Listings: each condition that may leave few certificates of many has an index. The number of a row is part of each, so
-- that those without a range come in the order of reservation. The partial ones cost nothing while certificates are issued.
CREATE INDEX certificates_class ON certificates (class);
CREATE INDEX certificates_begin ON certificates (not_before);
-- (The one that leaves many holds all that is asked for besides: rows are wide.)
CREATE INDEX certificates_end ON certificates (not_after, not_before, class);
CREATE INDEX certificates_revoked ON certificates (number)
    WHERE revocation_reason <> 'certificate-hold';
CREATE INDEX certificates_held ON certificates (number)
    WHERE revocation_reason = 'certificate-hold';
CREATE INDEX certificates_abandoned ON certificates (number) WHERE abandoned_at IS NOT NULL;
