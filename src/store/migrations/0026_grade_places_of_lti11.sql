-- step by step
-- LTI 1.1 too: a later attempt's grades stand in the same place of the gradebook as those of the one before. Its gradebooks compare no
-- times, so an old score that came late would stand. Built while launches write.

drop index concurrently if exists grade_target_place_of_lti11;
create index concurrently grade_target_place_of_lti11 on grade_target (account_id, consumer_key, user_id, resource_link_id)
  where consumer_key is not null;
