"""What the ERP tells us: contracts, invoices, contact points, and the events that change them."""
