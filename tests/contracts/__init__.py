"""One contract per port, run over the strict fakes and over moto."""
