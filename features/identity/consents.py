"""One consent ledger for a person whose parts only a likely link joins.

Parts keep their own ledgers. The person's purpose is allowed where each part allows it. The
ledger below says so at every moment: each time a part states something, it holds the most
restrictive of what the parts then said, and nothing while a part has said nothing and none has
refused (unknown is refused).
"""

TIMELINE = """
with stated as (
    select m.person_id, m.part_id, k.purpose, k.channel, k.status, k.recorded_at, k.expires_at,
        k.source
    from {consents} k
    join likely m on k.customer_id = m.customer_id
),
moments as (
    select distinct person_id, purpose, channel, recorded_at
    from stated
),
held as (
    select t.person_id, t.purpose, t.channel, t.recorded_at, s.status, s.expires_at, s.source,
        row_number() over (
            partition by t.person_id, t.purpose, t.channel, t.recorded_at, s.part_id
            order by s.recorded_at desc, case when s.status = 'granted' then 1 else 0 end,
                coalesce(s.expires_at, 9223372036854775807), s.status, s.source
        ) as latest
    from moments t
    join stated s
        on t.person_id = s.person_id and t.purpose = s.purpose and t.channel = s.channel
        and s.recorded_at <= t.recorded_at
),
strictest as (
    select h.*,
        row_number() over (
            partition by h.person_id, h.purpose, h.channel, h.recorded_at
            order by case when h.status = 'granted' then 1 else 0 end,
                coalesce(h.expires_at, 9223372036854775807), h.status, h.source
        ) as place,
        count(*) over (
            partition by h.person_id, h.purpose, h.channel, h.recorded_at
        ) as speaking
    from held h
    where h.latest = 1
)
select c.person_id as customer_id, c.purpose, c.channel, c.status, c.recorded_at, c.expires_at,
    c.source
from strictest c
join (
    select person_id, count(distinct part_id) as parts from likely group by person_id
) n on c.person_id = n.person_id
where c.place = 1 and (c.speaking = n.parts or c.status <> 'granted')
"""
"""Statements about people joined by a likely link, as one ledger in the columns of ``consents``.
Reads ``likely(customer_id, person_id, part_id)``: every customer id of such people."""
