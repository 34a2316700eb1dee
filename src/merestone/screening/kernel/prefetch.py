"""Asks the memory for what will be read soon, without waiting for it: what no function of Numba's does."""

from typing import Any

from merestone.screening.kernel.compiled_function import NumbaName


def _intrinsic() -> Any:
    """The intrinsic function, as numba has them; made when numba compiles the first function that calls it."""
    from llvmlite import ir
    from numba import types
    from numba.core import cgutils
    from numba.extending import intrinsic

    @intrinsic  # type: ignore[untyped-decorator]
    def prefetch(_typing: Any, array: Any, index: Any) -> Any:
        """Bring the line that holds `array[index]` into all caches. Never fails, wherever the index leads."""

        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            data = context.make_array(signature.args[0])(context, builder, args[0]).data
            at = builder.gep(data, [context.cast(builder, args[1], signature.args[1], types.intp)])
            byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
            kind = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
            ask = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
            read, keep, is_data = number(0), number(3), number(1)
            builder.call(ask, [builder.bitcast(at, byte), read, keep, is_data])
            return context.get_dummy_value()

        return types.void(array, index), codegen

    return prefetch


prefetch: Any = NumbaName(_intrinsic)
"""``prefetch(array, index)`` in compiled code brings the line that holds ``array[index]`` into all caches."""
