"""Is there a recorded hazard here? The index over hazards, its answers, and the words in which they are told.

Not here: files, Arrow and Spark (`exchange`), storage (`register`), and any assurance. The best answer is "none
recorded", with the data's date, and only if it is certain under the accuracy of the position and of every outline.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
