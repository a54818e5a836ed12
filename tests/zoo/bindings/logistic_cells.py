"""A notebook whose cells read data, train, and plot."""
import gdverify

logistic_cells = gdverify.bind(
    gdverify.script("logistic_cells.ipynb", stub=["np.genfromtxt", "plt"], replace={"range(5000)": "range(1)"}),
    against="mlp", hidden=0, loss="binary_cross_entropy_with_logits", sizes={"outputs": 1},
    places={"x": "X", "t": "y", "W1": "w.T", "b1": "b[None]"},
    rate="lr",
)
