"""Gates that need no package: what they are given brings its own operators."""


class Product:
    def forward(self, x, y):
        self.x, self.y = x, y
        return x * y

    def backward(self, dout):
        return dout * self.y, dout * self.x


class ProductHalf(Product):
    def backward(self, dout):
        return dout * self.y, dout
