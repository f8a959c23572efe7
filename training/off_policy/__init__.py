"""What a policy would have brought, told from the log of another one."""
