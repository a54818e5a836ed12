"""A training loop at the top level of a file, weights and data as globals."""
import gdverify

script_globals = gdverify.bind(
    gdverify.script("script_globals.py", replace={"range(60000)": "range(1)"}),
    against="two_layer_classifier", loss="half_squared_error",
    places={"x": "X", "t": "y", "w1": "syn0", "w2": "syn1"},
    rate=1.0,
)
