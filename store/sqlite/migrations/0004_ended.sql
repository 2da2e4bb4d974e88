-- The resolved alerts by their latest entry, for removing the oldest.
create index watchbill_alerts_ended on watchbill_alerts (stepped_at, id) where state = 3;
