mod cases;
mod error_rates;
mod kinds;
mod rulings;
