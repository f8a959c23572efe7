"""Where tables come from: one adapter a retailer, data set or generator."""
