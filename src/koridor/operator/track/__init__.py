"""What is told on the way: messages of partners matched to shipments, arrival, alerts, papers, and what is learned."""
