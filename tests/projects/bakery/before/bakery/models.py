class Order:
    class DoesNotExist(Exception):
        pass

    @classmethod
    def get(cls, pk):
        return cls()
