"""Add up payments, each once: the payment's entry and the sum are one transaction."""

import os
import sqlite3

from shoal_agent import Message


class Payments:
    """A handler with a database, which each agent opens for itself."""

    def setup(self) -> None:
        """Open the database, or make it."""
        self.database = sqlite3.connect(os.environ["PAYMENTS_DATABASE"])
        with self.database:
            self.database.execute("CREATE TABLE IF NOT EXISTS entry (id TEXT PRIMARY KEY)")
            self.database.execute("CREATE TABLE IF NOT EXISTS total (cents INTEGER)")

    def handle(self, message: Message) -> None:
        """Book one payment; one that is booked already changes nothing."""
        payment = message.json()
        with self.database:
            entry = (payment["id"],)
            made = self.database.execute("INSERT OR IGNORE INTO entry VALUES (?)", entry)
            if made.rowcount == 1:
                self.database.execute("INSERT INTO total VALUES (?)", (payment["cents"],))

    def teardown(self) -> None:
        """Close the database."""
        self.database.close()
