"""Planted mistakes, and which of them an audit notices: what says how good the audits are."""
