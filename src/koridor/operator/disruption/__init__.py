"""What goes wrong on the way: incidents as patches, who is affected, what else there is, and rebooking in one step."""
