/*
 * What the C++ library asks of a C library of 2.32 or later, and an older one does not have: whether the program has one thread
 * only, which would save it an atomic instruction here and there. No is always right.
 */
char __libc_single_threaded = 0;
