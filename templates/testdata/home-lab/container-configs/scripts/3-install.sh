say a
