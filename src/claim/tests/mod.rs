mod cases;
mod error_rates;
mod kinds;
mod page;
mod rulings;
