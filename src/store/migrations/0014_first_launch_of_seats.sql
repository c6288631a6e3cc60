-- What reports need of a seat and launches know (RULES §3.4): the launch that opened it. Null: written by an older process, or
-- not opened by a launch.
alter table seat add column if not exists first_launch_id uuid;
