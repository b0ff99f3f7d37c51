"""Money: whole minor units, double entry by book and currency, splits, dated rates, netting between partners."""
