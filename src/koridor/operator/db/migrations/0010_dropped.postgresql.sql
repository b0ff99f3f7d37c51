CALL koridor_wall('delivery_dropped', koridor_parent('delivery_dropped', 'subscription', 'subscription_id'))
