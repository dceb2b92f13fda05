-- What happens to a customer at the payment provider is asked for by the provider's name.
CREATE INDEX customers_by_customer ON app.customers (customer_id);
