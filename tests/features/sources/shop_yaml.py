"""A sources.yaml that says a little of everything, right."""

WHOLE = """\
version: 1
name: corner_shop
currency: GBP
time_zone: Europe/London
event_weights:
  product_view: 1
  add_to_cart: 3
tables:
  products:
    files: articles.csv
    columns:
      item_id: sku
      name: title
  transactions:
    files: tickets*.csv
    csv: {decimal: ','}
    derived: {code: upper(sku)}
    where: code <> 'X'
    set_aside:
      - {when: n = '0', reason: nothing was sold}
    columns:
      order_id: ticket
      line_no: {number_within: order_id}
      item_id: {sql: code}
      purchased_at: at
      quantity: n
      amount: {column: total, unit: units}
      channel: {constant: shop}
      line_type: {column: kind, values: {no: return, 1: sale, 007: fee}}
  identifiers:
    - files: people.csv
      columns: {identifier_type: {constant: email_sha256}, customer_id: who, observed_at: at,
        value: {column: mail, hash: sha256}}
    - database: {sqlite: crm.db, table: cards, since: at}
      columns: {identifier_type: {constant: loyalty_card}, customer_id: who, observed_at: at,
        value: card}
"""
