-- parent is the group that an alert is a member of; empty: it stands alone.
alter table watchbill_alerts add column parent text not null default '';
create index watchbill_alerts_parent on watchbill_alerts (parent, id) where parent <> '';
create index watchbill_alerts_members on watchbill_alerts (parent, state, id) where parent <> '';
