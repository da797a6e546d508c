//! Names that break a line: in headers, in mails, in the log, in spreadsheets.
