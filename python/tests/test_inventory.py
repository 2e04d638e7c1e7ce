"""Every public name that Millpond has so far promised, and the parameters by which it is called."""

import inspect
import re

import pytest
from oracle import DTYPES, mlx, mx

FUNCTIONS = """
abs acos acosh add addmm all allclose any arange arccos arccosh arcsin arcsinh arctan arctan2 arctanh argmax argmin
argpartition argsort array_equal as_strided asarray asin asinh astype async_eval atan atan2 atanh atleast_1d atleast_2d
atleast_3d bartlett bitwise_and bitwise_invert bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor blackman
broadcast_arrays broadcast_shapes broadcast_to can_cast ceil checkpoint compile clear_cache clear_streams clip concat concatenate
conj conjugate contiguous cos cosh count_nonzero cummax cummin cumprod cumsum cumulative_prod cumulative_sum
default_device default_stream degrees depends device_count device_info diag diagonal diff disable_compile divide divmod einsum einsum_path empty
empty_like enable_compile equal erf load save save_safetensors savez savez_compressed erfinv eval exp expand_dims expm1 eye flatten flip floor floor_divide from_dlpack full full_like
get_active_memory get_cache_memory get_memory_limit get_peak_memory get_printoptions grad greater greater_equal hamming
hanning identity imag inner is_available isclose isdtype isfinite isinf isnan isneginf isposinf issubdtype jvp kron
left_shift less less_equal linspace log log10 log1p log2 logaddexp logcumsumexp logical_and logical_not logical_or
logical_xor logsumexp matmul matrix_norm matrix_transpose max maximum mean median meshgrid min minimum minmax moveaxis multiply
nan_to_num negative new_stream new_thread_local_stream new_thread_unsafe_stream not_equal ones ones_like outer pad
partition permute_dims positive pow power printoptions prod put_along_axis radians real reciprocal remainder repeat
reset_peak_memory reshape result_type right_shift roll round rsqrt searchsorted set_cache_limit set_default_device
set_default_stream set_memory_limit set_printoptions set_wired_limit sigmoid sign sin sinh slice slice_update softmax
sort split sqrt square squeeze stack std stop_gradient stream subtract sum swapaxes synchronize take take_along_axis tan
tanh tensordot tile topk trace transpose tri tril triu trunc unflatten unstack value_and_grad var vecdot view vjp vmap
where zeros zeros_like
""".split()
CLASSES = (
    "array ArrayAt ArrayIterator ArrayLike Device DeviceType Dtype DtypeCategory PrintOptions Stream StreamContext "
    "ThreadLocalStream custom_function finfo iinfo"
).split()
CONSTANTS = (*DTYPES, *"cpu gpu e euler_gamma inf nan newaxis pi".split())
CATEGORIES = "complexfloating floating generic inexact integer number signedinteger unsignedinteger".split()
RANDOM = (
    "bernoulli categorical gumbel key laplace multivariate_normal normal permutation randint seed split truncated_normal "
    "uniform state"
).split()
METHODS = """
T abs all any argmax argmin astype at conj cos cummax cummin cumprod cumsum diag diagonal dtype exp flatten imag item
itemsize log log10 log1p log2 logcumsumexp logsumexp mT max mean min moveaxis nbytes ndim prod real reciprocal reshape
round rsqrt shape sin size split sqrt square squeeze std sum swapaxes tolist transpose var view
""".split()
SPECIAL = """
abs add and array array_namespace bool bytes complex copy deepcopy div dlpack dlpack_device eq float floordiv format ge
getitem getstate gt hash iadd iand ifloordiv ilshift imatmul imod imul index int invert ior ipow irshift isub iter itruediv
ixor le len lshift lt matmul mod mul ne neg or pos pow radd rdiv repr rfloordiv rmod rmul rpow rshift rsub rtruediv setitem
setstate sub truediv xor
""".split()
AT = "add divide maximum minimum multiply subtract".split()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_function(name):
    assert callable(getattr(mx, name))


@pytest.mark.parametrize("name", CLASSES)
def test_class(name):
    assert isinstance(getattr(mx, name), type)


@pytest.mark.parametrize("name", CONSTANTS)
def test_constant(name):
    ours, theirs = getattr(mx, name), getattr(mlx, name)
    assert repr(ours).replace("millpond", "mlx") == repr(theirs)


@pytest.mark.parametrize("name", CATEGORIES)
def test_category(name):
    assert repr(getattr(mx, name)) == repr(getattr(mlx, name))


@pytest.mark.parametrize("name", RANDOM)
def test_random(name):
    assert hasattr(mx.random, name)


@pytest.mark.parametrize("name", [*METHODS, *(f"__{name}__" for name in SPECIAL)])
def test_member(name):
    assert hasattr(mx.array, name)


@pytest.mark.parametrize("name", AT)
def test_at(name):
    assert hasattr(mx.ArrayAt, name)


def signatures(function):
    """The parameter lists in a docstring's first lines, as MLX writes them: ``name(a: array, /, axis: int = 0)``."""
    return re.findall(r"^(?:def )?\w+\((.*)\)\s*(?:->.*)?$", (function.__doc__ or "").split("\n\n")[0], re.MULTILINE)


def keywords(signature):
    """The names that may be given by keyword."""
    depth, parts, last = 0, [], ""
    for letter in signature:
        depth += (letter in "[({") - (letter in "])}")
        if letter == "," and depth == 0:
            parts.append(last)
            last = ""
        else:
            last += letter
    names = [part.split(":")[0].split("=")[0].strip() for part in [*parts, last]]
    return set(names[names.index("/") + 1 if "/" in names else 0 :]) - {"*", "", "self"}


# Called without an argument or with a wrong one, a function says TypeError and names what it would take.
@pytest.mark.parametrize("name", [n for n in FUNCTIONS if signatures(getattr(mlx, n))])
def test_unknown_keywords_are_refused(name):
    with pytest.raises(TypeError):
        getattr(mx, name)(no_such_keyword=1)


CALLS = {
    "axis": ("sum prod min max mean var std any all argmin argmax logsumexp softmax median cumsum sort argsort minmax flip".split(), 0),
    "keepdims": ("sum prod min max mean var std any all argmin argmax logsumexp median minmax count_nonzero".split(), True),
    "ddof": (["var", "std"], 1),
    "reverse": ("cumsum cumprod cummax cummin logcumsumexp".split(), True),
    "inclusive": ("cumsum cumprod cummax cummin logcumsumexp".split(), False),
    "stream": ("exp sum sort reshape softmax cumsum".split(), None),
}


@pytest.mark.parametrize("keyword", CALLS)
def test_keywords(keyword):
    names, value = CALLS[keyword]
    for name in names:
        assert keyword in set().union(*map(keywords, signatures(getattr(mlx, name)))), name
        extra = {"shape": (6,)} if name == "reshape" else {}
        mx.eval(getattr(mx, name)(mx.ones((2, 3)), **{keyword: value}, **extra))


def test_docstrings():
    for name in FUNCTIONS:
        assert getattr(mx, name).__doc__, name


def test_dtypes():
    for name in DTYPES:
        ours, theirs = getattr(mx, name), getattr(mlx, name)
        assert ours.size == theirs.size and hash(ours) == hash(getattr(mx, name)) and ours == getattr(mx, name)
        assert sum(ours == getattr(mx, other) for other in DTYPES) == 1
        if mx.issubdtype(ours, mx.integer):
            assert (mx.iinfo(ours).min, mx.iinfo(ours).max) == (mlx.iinfo(theirs).min, mlx.iinfo(theirs).max)
        elif mx.issubdtype(ours, mx.inexact):
            for field in ("min", "max", "eps", "bits", "smallest_normal"):
                assert getattr(mx.finfo(ours), field) == getattr(mlx.finfo(theirs), field)
    assert mx.__version__ and mx.array.__module__.endswith(".core")


def test_the_module_says_what_it_is():
    info = mx.__array_namespace_info__()
    assert mx.array([1]).__array_namespace__() is mx
    theirs = mlx.__array_namespace_info__()
    assert {n for n in dir(info) if not n.startswith("_")} >= {n for n in dir(theirs) if not n.startswith("_")}


def test_docstrings_speak_of_python():
    modules = (mx, mx.random, mx.linalg)
    functions = [f for m in modules for f in vars(m).values() if callable(f) and getattr(f, "__text_signature__", None)]
    assert len(functions) > 200
    for function in functions:
        doc, parameters = function.__doc__, inspect.signature(function).parameters
        for words_of_rust in ("[`", "`]", "::", "`..`", "&[", "Option<", "..="):
            assert words_of_rust not in doc, (function.__name__, words_of_rust)
        for name in re.findall(r"`(along|axes|widths)`", doc):
            assert name in parameters, (function.__name__, name)
    assert "`pad_width`" in mx.pad.__doc__ and "along `axis`" in mx.take.__doc__ and "for `None`" in mx.sort.__doc__
    assert mx.random.normal.__doc__.rstrip().endswith("Other arguments change that.")
