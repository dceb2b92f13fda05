DROP INDEX app.customers_by_customer;
