"""Who serves: the gates a challenger passes, the alias that moves, and the record of its moves."""
