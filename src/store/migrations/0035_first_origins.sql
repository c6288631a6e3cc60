-- The LMS's origin that an identity was first seen from, on the identity itself: most are seen from no other. This version reads it
-- and still writes all of them to identity_origin; the next writes only the others there.

alter table identity add column first_origin text;
