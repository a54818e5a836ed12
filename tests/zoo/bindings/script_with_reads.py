"""A script that reads its data from a file, asks how long to train, and plots."""
import gdverify

script_with_reads = gdverify.bind(
    gdverify.script("script_with_reads.py", set={"epochs": 1}, stub=["np.loadtxt", "plt"]),
    against="mlp", hidden=0, loss="mean_squared_error", sizes={"outputs": 1},
    places={"x": "X", "t": "t[:, None]", "W1": "w[None]", "b1": "b[None]"},
    rate="learning_rate",
)
