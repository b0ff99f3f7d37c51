"""Tables, migrations, transactions and backups: the only folder that knows which database it is."""
