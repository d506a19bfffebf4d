// Nothing but a target for precompiled headers.
int main() {}
