"""Law as data: rule sets, assessments, decisions by people, awards."""
