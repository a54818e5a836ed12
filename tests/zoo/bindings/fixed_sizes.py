"""A network for XOR alone: its nine weights in one list, a row of two weights and a bias for each unit."""
import fixed_sizes as code
import gdverify


def bound(cls):
    rows = {1: "w[:6].reshape(2, 3)", 2: "w[6:].reshape(1, 3)"}
    return gdverify.bind(
        cls, against="fully_connected", hidden=1, loss="half_squared_error",
        sizes={"inputs": 2, "hidden1": 2, "outputs": 1}, regimes=["ordinary", "ties", "zeros", "tiny"],
        places={f"{tensor}{k}": rows[k] + part for k in rows for tensor, part in (("W", "[:, :2]"), ("b", "[:, 2]"))},
        run=lambda c: c.self.train(*c.x, c.t[0]), value="returned", rate="rate", dtypes=["float64"],
    )


XorNet, XorNetCrossed = bound(code.XorNet), bound(code.XorNetCrossed)
